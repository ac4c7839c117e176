/** Keeps a table as a file; says what is wrong when it cannot be had. */
import { useState } from "preact/hooks";
import { errorWords } from "../app/errors";
import { Button, toast } from "../components";
import { download } from "./download";
import { t } from "./words";

export function DownloadButton({ path, name }: { path: string; name: string }) {
  const [busy, setBusy] = useState(false);
  const keep = () => {
    setBusy(true);
    download(path, name)
      .catch((cause: unknown) => toast(errorWords(cause)))
      .finally(() => setBusy(false));
  };
  return (
    <Button kind="quiet" busy={busy} onClick={keep}>
      {t("download")}
    </Button>
  );
}
