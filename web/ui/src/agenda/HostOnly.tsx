/** Pages of hosts: whoever is none is told how to become one. The server decides what each may do. */
import type { ComponentChildren } from "preact";
import { session } from "../api";
import { PageHead } from "../app/PageHead";
import { takesCalls } from "../app/ways";
import { ButtonLink, Empty, UserIcon } from "../components";
import { ta } from "./words";

export function HostOnly({ children }: { children: ComponentChildren }) {
  const identity = session.identity.value;
  if (identity.kind !== "member") return null;
  if (takesCalls(identity.user)) return <>{children}</>;
  return (
    <div class="stack">
      <PageHead title={ta("hostOnly.title")} />
      <div class="card">
        <Empty icon={<UserIcon size={36} />} title={ta("hostOnly.words")}>
          <ButtonLink kind="primary" href="/account/host">
            {ta("hostOnly.apply")}
          </ButtonLink>
        </Empty>
      </div>
    </div>
  );
}
