/** One of the ways in which a dialog's question reaches: this meeting, or more than it. */
export function Choice({ label, checked, onChoose }: { label: string; checked: boolean; onChoose: () => void }) {
  return (
    <label>
      <input type="radio" name="reach" checked={checked} onChange={onChoose} />
      {label}
    </label>
  );
}
