/** A button for more coins, without leaving where one is; the sheet's code comes with the press. */
import { useState } from "preact/hooks";
import { Button, type ButtonKind, PlusIcon } from "../components";
import { tp } from "./words";

type Sheet = typeof import("../topup/TopUpSheet").TopUpSheet;

interface BuyCoinsProps {
  kind?: ButtonKind;
  /** Only the sign is shown, where there is no room. */
  short?: boolean;
  onPaid?: () => void;
}

export function BuyCoins({ kind = "primary", short = false, onPaid }: BuyCoinsProps) {
  const [sheet, setSheet] = useState<{ View: Sheet } | undefined>(undefined);
  const [open, setOpen] = useState(false);
  const press = () => {
    setOpen(true);
    if (sheet === undefined) void import("../topup/TopUpSheet").then((it) => setSheet({ View: it.TopUpSheet }));
  };
  const words = tp("money.topup");
  return (
    <>
      <Button kind={kind} iconOnly={short} {...(short ? { "aria-label": words, title: words } : {})} onClick={press}>
        <PlusIcon size={18} />
        {!short && words}
      </Button>
      {sheet && <sheet.View open={open} onClose={() => setOpen(false)} onPaid={() => onPaid?.()} />}
    </>
  );
}
