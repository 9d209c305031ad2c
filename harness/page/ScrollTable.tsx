/**
 * What every table of the page is in: a frame that scrolls sideways where it is too wide, by keyboard too, and the head.
 */
import type { ComponentChildren } from 'preact';

export interface Column {
  readonly name: string;
  readonly isText?: boolean;
}

interface ScrollTableProps {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly look?: string;
  /** Its bodies. */
  readonly children: ComponentChildren;
}

export function ScrollTable({ label, columns, look, children }: ScrollTableProps) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table {...(look !== undefined && { class: look })}>
        <thead>
          <tr>
            {columns.map(({ name, isText }) => (
              <th scope="col" class={isText ? 'text' : 'figure'} key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}

/** The title of the rows below it. */
export function GroupRow({ title, columns }: { readonly title: string; readonly columns: number }) {
  return (
    <tr class="group">
      <th scope="rowgroup" colSpan={columns} class="text">
        {title}
      </th>
    </tr>
  );
}

/** A verdict as a class of the style sheet. */
export const verdictLook = (verdict: string): string => verdict.replace(' ', '-');
