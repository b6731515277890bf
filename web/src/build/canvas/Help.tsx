/** All shortcuts, from the same table that the keyboard uses. */
import { Dialog } from "@/ui/Dialog";
import type { Commands } from "./commands";
import { type Shortcut, SHORTCUTS, shownKeys } from "./keyboard";
import { useCanvasUi } from "./ui";

const ALSO: Shortcut[] = [
  { keys: "Mod+K", group: "See", text: "Go anywhere by typing" },
  { keys: "Shift+drag", group: "Choose", text: "Choose by a box" },
  { keys: "Shift+click", group: "Choose", text: "Choose one more" },
];

export function Help({ commands }: { commands: Commands }) {
  const isOpen = useCanvasUi((state) => state.isHelpOpen);
  const close = () => {
    useCanvasUi.getState().open({ isHelpOpen: false });
    commands.refocus();
  };
  const shown = [...SHORTCUTS, ...ALSO].filter(isFirst);
  return (
    <Dialog isOpen={isOpen} onClose={close} title="Shortcuts" description="They work while the canvas has the focus." size="large">
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {[...new Set(shown.map((one) => one.group))].map((group) => (
          <section key={group}>
            <h3 className="mb-1 text-sm font-semibold">{group}</h3>
            <dl>
              {shown.filter((one) => one.group === group).map((one) => (
                <div key={one.keys} className="flex items-baseline justify-between gap-4 py-0.5 text-sm">
                  <dt>{one.text}</dt>
                  <dd><kbd className="rounded border border-line bg-sunken px-1.5 py-0.5 text-xs whitespace-nowrap">{shownKeys(one.keys)}</kbd></dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

/** Where several keys do the same, the arrows among them, one line stands for all. */
function isFirst(one: Shortcut): boolean {
  return SHORTCUTS.find((other) => other.text === one.text && other.group === one.group) === one || ALSO.includes(one);
}
