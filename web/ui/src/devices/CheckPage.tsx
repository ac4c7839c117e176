/** The device check on its own, at `/check`: before a meeting, or to find out what is wrong. */
import { Loading } from "../components";

export default function CheckPage() {
  return <Loading words="Looking for your devices…" />;
}
