/**
 * The frame of every drawing: its title, what it shows in a sentence, the drawing, and its data as a table.
 */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { DataTable } from './DataTable.tsx';
import type { TableData } from './DataTable.tsx';

export interface FigureProps {
  readonly title: string;
  /** What is to be seen, for those who do not see it; it stands below the title for everybody. */
  readonly about: ComponentChildren;
  /** Made when it is opened. */
  readonly data: () => TableData;
  readonly children: ComponentChildren;
  readonly id?: string;
}

export function Figure({ title, about, data, children, id }: FigureProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <figure id={id}>
      <figcaption>
        <h3>{title}</h3>
        <p class="about">{about}</p>
      </figcaption>
      {children}
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          Data <span class="hidden">of {title}</span>
        </summary>
        {isOpen && <DataTable {...data()} label={`Data of ${title}`} />}
      </details>
    </figure>
  );
}

/** What would stand here, and why it does not. */
export function Absent({ children }: { readonly children: ComponentChildren }) {
  return <p class="absent">{children}</p>;
}
