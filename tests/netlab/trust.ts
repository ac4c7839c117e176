// Certificate authorities for one run of the lab, and browsers that trust it: Chromium takes further
// authorities from the NSS store in its home folder, for pages and for TURN over TLS alike.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SERVER_NAME, run } from "./world";

export interface Trust {
  certificate: string;
  key: string;
  /** What HOME must be for a browser to trust it. */
  home: string;
}

export function makeTrust(): Trust {
  const { authority, certificate, key } = sign(`DNS:${SERVER_NAME}`);
  return { certificate, key, home: homeThatTrusts(authority) };
}

/** A new authority, and a certificate of it for this name: PEM files. */
export function sign(name: string): { authority: string; certificate: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), "trust-"));
  const file = (name: string) => join(folder, name);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  run(["openssl", "req", "-x509", ...newKey, "-keyout", file("ca.key"), "-out", file("ca.crt"), "-days", "2",
    "-subj", "/CN=Parlor network lab", "-addext", "keyUsage=critical,keyCertSign"]);
  run(["openssl", "req", ...newKey, "-keyout", file("server.key"), "-out", file("server.csr"), "-subj", "/CN=server"]);
  writeFileSync(file("names"), `subjectAltName=${name}\nextendedKeyUsage=serverAuth\n`);
  run(["openssl", "x509", "-req", "-in", file("server.csr"), "-CA", file("ca.crt"), "-CAkey", file("ca.key"),
    "-days", "2", "-extfile", file("names"), "-out", file("server.crt")]);
  return { authority: file("ca.crt"), certificate: file("server.crt"), key: file("server.key") };
}

/** A home folder whose browser trusts this authority. */
export function homeThatTrusts(authority: string): string {
  const folder = mkdtempSync(join(tmpdir(), "home-"));
  const store = join(folder, ".pki/nssdb");
  mkdirSync(store, { recursive: true });
  run(["certutil", "-d", `sql:${store}`, "-N", "--empty-password"]);
  run(["certutil", "-d", `sql:${store}`, "-A", "-t", "C,,", "-n", "lab", "-i", authority]);
  return folder;
}
