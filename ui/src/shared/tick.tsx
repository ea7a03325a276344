/** A box to tick, with its label. */
interface Props {
  label: string;
  on: boolean;
  set: (on: boolean) => void;
}

export function Tick({ label, on, set }: Props) {
  return (
    <label class="small">
      <input type="checkbox" checked={on} onChange={(event) => set(event.currentTarget.checked)} /> {label}
    </label>
  );
}
