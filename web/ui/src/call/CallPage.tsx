/** The call: device check, lobby, call and end, one after the other, at `/video-call/:meetingId`. */
import type { PageProps } from "../app/router";
import { Loading } from "../components";

export default function CallPage({ params }: PageProps) {
  return <Loading words={`Meeting ${params["meetingId"]}`} />;
}
