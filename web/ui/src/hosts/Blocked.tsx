/** On the account page: whom one blocked. Nothing stands there while it is nobody. */
import { useFetched } from "../app/hooks";
import { Avatar, Card } from "../components";
import { shortDate } from "../i18n/time";
import { UnblockButton } from "./Block";
import { type BlockedPerson, th } from "./words";

export function Blocked() {
  const { data, reload } = useFetched<BlockedPerson[]>("/api/me/blocks");
  if (!data || data.length === 0) return null;
  return (
    <Card title={th("block.list")}>
      <p class="quiet">{th("block.listHint")}</p>
      <ul role="list" class="lines">
        {data.map((person) => (
          <li key={person.userId} class="line">
            <Avatar name={person.name} />
            <div class="line-words">
              <span>{person.name}</span>
              <span class="quiet small">{th("block.since", { date: shortDate(person.blockedAt) })}</span>
            </div>
            <div class="row-end">
              <UnblockButton userId={person.userId} name={person.name} onDone={() => void reload()} />
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
