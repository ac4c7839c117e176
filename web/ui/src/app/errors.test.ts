/** What a person is shown when the server fails has the id by which its operator finds the cause. */
import { expect, it } from "vitest";
import { ApiError } from "../api/error";
import { errorWords } from "./errors";

it("shows the request's id with an error of the server, and with no other", () => {
  const words = (status: number, code: string, requestId?: string) =>
    errorWords(new ApiError(status, { code, message: "No.", ...(requestId && { requestId }) }));
  expect(words(500, "internal", "8f3a")).toMatch(/^Something went wrong .*\. \(8f3a\)$/);
  expect(words(500, "internal")).not.toContain("(");
  expect(words(400, "bad_request", "8f3a")).toBe("No.");
});
