/** Linking by the keyboard: a pin of the chosen node, then a pin of another one that fits it. */
import { useMemo, useState } from "react";
import type { Blocks } from "@/blocks/blocks";
import { wordsScore } from "@/blocks/search";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/fields";
import { cx } from "@/ui/classes";
import { nodeOf } from "@/graph/edits";
import { colourOf, inputPins, outputPins, titleOf } from "@/graph/pins";
import { useEditor } from "../store";
import type { Commands } from "./commands";
import { targetsOf } from "./links";
import { type PinPlace, useCanvasUi } from "./ui";

type Choice = { key: string; title: string; text: string; colour: string; act: () => void };

export function LinkDialog({ commands, blocks }: { commands: Commands; blocks: Blocks }) {
  const nodeId = useCanvasUi((state) => state.linkFrom);
  const close = () => {
    useCanvasUi.getState().open({ linkFrom: null });
    if (nodeId) commands.focusNode(nodeId);
  };
  const title = useEditor((state) => {
    const node = nodeOf(state.document, nodeId);
    return node ? titleOf(node, blocks.get(node.block_id)) : "";
  });
  return (
    <Dialog isOpen={nodeId !== null} onClose={close} title={`Link ${title}`} description="Choose a pin of this node, then the pin that it is to be linked with. Only pins that fit are offered." size="medium">
      {nodeId && <Steps nodeId={nodeId} blocks={blocks} commands={commands} close={close} />}
    </Dialog>
  );
}

function Steps({ nodeId, blocks, commands, close }: { nodeId: string; blocks: Blocks; commands: Commands; close: () => void }) {
  const document = useEditor((state) => state.document);
  const [from, setFrom] = useState<PinPlace | null>(null);
  const choices = useMemo((): Choice[] => {
    const node = nodeOf(document, nodeId);
    if (!node) return [];
    if (!from) {
      const block = blocks.get(node.block_id);
      const sides = [["output", outputPins(node, document, block)], ["input", inputPins(node, document, block)]] as const;
      return sides.flatMap(([side, pins]) =>
        pins
          .filter((pin) => !pin.isHidden && !pin.isCredential)
          .map((pin) => ({ key: `${side}:${pin.name}`, title: pin.title, text: side === "output" ? "Output" : pin.isAdvanced ? "Input, advanced" : "Input", colour: colourOf(pin.type), act: () => setFrom({ nodeId, side, pin: pin.name }) })),
      );
    }
    return targetsOf(document, blocks, from).map(({ node: other, pin, fit }) => ({
      key: `${other.id}:${pin.name}`,
      title: `${titleOf(other, blocks.get(other.block_id))}: ${pin.title}`,
      text: fit.reason || (pin.isLinked ? "Linked already, too" : ""),
      colour: colourOf(pin.type),
      act: () => {
        const [here, there] = [{ id: nodeId, pin: from.pin }, { id: other.id, pin: pin.name }];
        if (from.side === "output" ? commands.link(here, there) : commands.link(there, here)) close();
      },
    }));
  }, [document, blocks, nodeId, from, commands, close]);
  return <Choices key={from ? "to" : "from"} label={from ? `Link ${from.pin} with` : "Pin to link"} choices={choices} />;
}

/** A short list to choose from by typing and the arrows. */
function Choices({ label, choices }: { label: string; choices: Choice[] }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const shown = choices.filter((one) => wordsScore(one.title.toLowerCase(), one.text.toLowerCase(), query) > 0).slice(0, 100);
  const chosen = Math.min(at, Math.max(0, shown.length - 1));
  const onKey = (event: React.KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = Math.max(0, Math.min(shown.length - 1, chosen + (event.key === "ArrowDown" ? 1 : -1)));
      setAt(next);
      window.document.getElementById(`link-choice-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      shown[chosen]?.act();
    }
  };
  return (
    <div className="flex flex-col gap-2">
      <TextField autoFocus label={label} placeholder="Type to find it" value={query} onChange={(event) => { setQuery(event.target.value); setAt(0); }} onKeyDown={onKey} role="combobox" aria-expanded aria-controls="link-choices" aria-activedescendant={shown.length > 0 ? `link-choice-${chosen}` : undefined} />
      <ul id="link-choices" role="listbox" aria-label={label} className="max-h-80 overflow-y-auto">
        {shown.map((one, index) => (
          <li key={one.key} id={`link-choice-${index}`} role="option" aria-selected={index === chosen} className={cx("flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5", index === chosen && "bg-accent-soft")} onClick={one.act} onPointerMove={() => setAt(index)}>
            <span className="size-2.5 shrink-0 rounded-full" style={{ background: one.colour }} />
            <span className="min-w-0 flex-1 truncate text-sm">{one.title}</span>
            <span className="shrink-0 truncate text-xs text-muted">{one.text}</span>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p role="status" className="text-sm text-muted">No pin fits. Add a block that does: press Tab on the canvas.</p>}
    </div>
  );
}
