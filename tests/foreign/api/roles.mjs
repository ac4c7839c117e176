// The OpenAPI document against the server, by schemathesis: every operation is asked as nobody, as a
// client, as a host and as an admin, with ids of things that exist and with ones that do not. A 5xx, an
// answer that the document does not know, a body of another shape or a lock that lets anybody in fails.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Parlor } from "../parlor.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const document = fileURLToPath(new URL("../../../web/openapi.json", import.meta.url));
const examples = process.env.EXAMPLES ?? "8";
/** The demo's people; their password is public. */
const PASSWORD = "parlor demo 2026";
const CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance", "ignored_auth"];
/** Ends the login with which everything else is asked. */
const NEVER = "/api/auth/logout";

const parlor = await Parlor.start({}, { demo: true });
const folder = mkdtempSync(join(tmpdir(), "parlor-api-"));
let failed = [];
try {
  const people = {
    nobody: undefined,
    client: await parlor.login("client@demo.parlor.example", PASSWORD),
    host: await parlor.login("host@demo.parlor.example", PASSWORD),
    admin: await parlor.login(...parlor.credentials),
  };
  const config = join(folder, "schemathesis.toml");
  writeFileSync(config, described(await things(people)));
  for (const [role, token] of Object.entries(people)) {
    const began = Date.now();
    const status = await ask(config, token);
    console.log(`schemathesis as ${role}: ${status === 0 ? "ok" : `ended with ${status}`}, ${Math.round((Date.now() - began) / 1000)} s`);
    if (status !== 0) failed.push(role);
  }
  const errors = parlor.log.filter((line) => line.startsWith("{") && JSON.parse(line).level === "ERROR");
  if (errors.length > 0) failed.push(`the log:\n${errors.join("\n")}`);
} finally {
  await parlor.stop();
  rmSync(folder, { recursive: true, force: true });
}
if (failed.length > 0) {
  console.error(`the REST interface is not what its document says: ${failed.join(", ")}`);
  process.exit(1);
}

/** Ids of what exists, by the name that a path or a body has for them. */
async function things({ client, host }) {
  const of = async (token) => (await parlor.get("/api/me", token)).userId;
  const [clientId, hostId] = [await of(client), await of(host)];
  const meeting = await parlor.post("/api/meetings/create", host, {
    subject: "Asked about",
    scheduledAt: Date.now() + 60_000,
    durationMinutes: 30,
    clientEmail: "client@demo.parlor.example",
    clientName: "Client",
  });
  const services = await parlor.get(`/api/hosts/${hostId}/services`, client);
  const conversation = [clientId, hostId].sort().join("_");
  await parlor.post(`/api/conversations/${conversation}/messages`, client, { text: "Is this the place?" });
  return {
    "/api/(conversations)/": { id: [conversation], seq: [1] },
    "/api/(meetings|bookings|rooms|video-calls)/": { id: [meeting.meetingId, meeting.roomId], sessionId: [meeting.meetingId] },
    "/api/(hosts|me|admin|call-terms)/": { id: [hostId], userId: [hostId, clientId], hostId: [hostId] },
    "/api/services/": { id: services.services.map((it) => it.serviceId) },
  };
}

/** In seven of ten requests the path names something that is there. */
function described(groups) {
  const lists = [];
  const operations = Object.entries(groups).map(([path, names], at) => {
    const bound = Object.entries(names).map(([name, values]) => {
      lists.push(`[dictionaries.d${at}_${name}]\nvalues = ${JSON.stringify(values)}`);
      return `"path.${name}" = { dictionary = "d${at}_${name}", probability = 0.7 }`;
    });
    return `[[operations]]\ninclude-path-regex = '^${path}'\nparameters = { ${bound.join(", ")} }`;
  });
  return [...lists, ...operations].join("\n\n");
}

function ask(config, token) {
  const words = ["--config-file", config, "run", document, "--url", parlor.url, "--checks", CHECKS.join(","), "--phases", "coverage,fuzzing"];
  words.push("--max-examples", examples, "--seed", process.env.SEED ?? "8", "--no-shrink", "--warnings", "off", "--exclude-path", NEVER);
  if (token) words.push("--header", `Authorization: Bearer ${token}`);
  const child = spawn(join(here, ".venv/bin/st"), words, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (part) => (said += part));
  return new Promise((done) =>
    child.once("exit", (status) => {
      if (status !== 0 || process.env.VERBOSE) console.log(said);
      done(status ?? 1);
    }),
  );
}
