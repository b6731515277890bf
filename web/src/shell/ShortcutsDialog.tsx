/** The overlay behind `?`: the keys of all screens. */
import { Dialog } from "@/ui/Dialog";
import { commandKey, goKeys } from "./keys";

const Key = ({ children }: { children: string }) => <kbd className="rounded border border-line-strong bg-sunken px-1.5 py-0.5 font-mono text-xs">{children}</kbd>;

const GENERAL: [string[], string][] = [
  [[commandKey, "K"], "Search for agents, runs, screens and actions"],
  [["?"], "Show these keys"],
  [["Esc"], "Close what is open"],
  [["Tab"], "Go to the next field or button"],
];

export function ShortcutsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const rows: [string[], string][] = [...GENERAL, ...Object.entries(goKeys).map(([key, { label }]): [string[], string] => [["G", key.toUpperCase()], `Go to ${label}`])];
  return (
    <Dialog isOpen={isOpen} onClose={onClose} size="small" title="Keys" description="They work on every screen. The editor has more: press ? there.">
      <dl tabIndex={0} aria-label="Keys" className="flex flex-col gap-2">
        {rows.map(([keys, text]) => (
          <div key={text} className="flex items-center justify-between gap-4 text-sm">
            <dt>{text}</dt>
            <dd className="flex shrink-0 gap-1">{keys.map((one) => <Key key={one}>{one}</Key>)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
