/** On the start page of a client: who can be called at this moment. Loaded after the page. */
import "./hosts.css";
import { useEffect, useRef } from "preact/hooks";
import { useFetched } from "../app/hooks";
import { ButtonLink, Empty, UserIcon } from "../components";
import { HostLine } from "./HostLine";
import { useHostNews } from "./watch";
import { type HostList, th } from "./words";

const SHOWN = 5;
const SETTLED_MS = 400;

export function HostsNow() {
  const { data, reload } = useFetched<HostList>("/api/hosts?online=true");
  const soon = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(soon.current), []);
  const settle = () => {
    clearTimeout(soon.current);
    soon.current = setTimeout(() => void reload(), SETTLED_MS);
  };
  useHostNews({ onCard: settle, onMissed: settle });
  if (!data) return null;
  return (
    <section aria-labelledby="hosts-now" class="stack-tight">
      <h2 id="hosts-now">{th("now.title")}</h2>
      {data.hosts.length === 0 ? (
        <div class="card">
          <Empty icon={<UserIcon size={36} />} title={th("now.none")}>
            <p>{th("now.noneHint")}</p>
            <ButtonLink href="/hosts">{th("now.all")}</ButtonLink>
          </Empty>
        </div>
      ) : (
        <>
          <ul role="list" class="host-list">
            {data.hosts.slice(0, SHOWN).map((host) => (
              <HostLine key={host.userId} host={host} level={3} />
            ))}
          </ul>
          <div>
            <ButtonLink kind="quiet" href="/hosts">
              {th("now.all")}
            </ButtonLink>
          </div>
        </>
      )}
    </section>
  );
}
