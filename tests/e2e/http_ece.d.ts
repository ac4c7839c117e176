// The little of http_ece that the tests use; the package has no types.
declare module "http_ece" {
  import type { ECDH } from "node:crypto";
  interface Parameters {
    version: "aes128gcm";
    privateKey: ECDH;
    /** In base64url. */
    authSecret: string;
  }
  const ece: { decrypt(body: Buffer, parameters: Parameters): Buffer };
  export default ece;
}
