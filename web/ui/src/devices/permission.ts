/** What the browser would answer before it is asked. `unknown` where it does not tell. */
export type Permission = "granted" | "prompt" | "denied" | "unknown";

export async function mediaPermission(): Promise<Permission> {
  const ask = async (name: string): Promise<Permission> => {
    try {
      return (await navigator.permissions.query({ name: name as PermissionName })).state;
    } catch {
      return "unknown";
    }
  };
  const both = await Promise.all([ask("camera"), ask("microphone")]);
  if (both.includes("denied")) return "denied";
  if (both.includes("prompt")) return "prompt";
  return both.includes("unknown") ? "unknown" : "granted";
}
