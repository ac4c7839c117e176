/** On the account page: what others see of one in conversations. */
import { Card } from "../components";
import { PresenceSwitch } from "../messages/Presence";
import { PrivacySwitches } from "./PrivacySwitches";
import { tc } from "./words";

export function PrivacyCard() {
  return (
    <Card title={tc("privacy.title")}>
      <p class="quiet">{tc("privacy.intro")}</p>
      <PrivacySwitches />
      <PresenceSwitch />
    </Card>
  );
}
