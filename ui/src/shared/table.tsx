/** A table that scrolls inside its own box, which keys reach too: a wide one never makes the page scroll sideways. */
import type { ComponentChildren } from "preact";

interface Props {
  label: string;
  /** The heads of the columns; one that begins with `>` stands above numbers. */
  columns: string[];
  /** As many rows as may come: it scrolls up and down as well. */
  tall?: boolean;
  children: ComponentChildren;
}

export function Table({ label, columns, tall, children }: Props) {
  return (
    <div class={tall ? "region tall" : "region"} role="region" aria-label={label} tabIndex={0}>
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col" class={name.startsWith(">") ? "n" : undefined}>
                {name.replace(/^>/, "")}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
