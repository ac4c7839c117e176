/** What is known of people after news. */
import { expect, it } from "vitest";
import { known } from "./presence";

it("keeps the latest word about each person", () => {
  const first = known(new Map(), [
    { userId: "a", status: "online" },
    { userId: "b", status: "offline", lastSeen: 5 },
  ]);
  const then = known(first, [{ userId: "a", status: "busy" }]);
  expect([...then.values()].map((it) => it.status)).toEqual(["busy", "offline"]);
  expect(first.get("a")?.status).toBe("online");
});
