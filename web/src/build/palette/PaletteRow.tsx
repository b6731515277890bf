/** One block of the palette: dragged onto the canvas, or added by a click or Enter. */
import { CircleHelp } from "lucide-react";
import { memo } from "react";
import { iconOf } from "@/canvas/categories";
import { cx } from "@/ui/classes";
import { useCanvasUi } from "../canvas/ui";
import { type Offer, rememberBlock, writeOffer } from "./offers";

export const PaletteRow = memo(function PaletteRow({ offer, onShow }: { offer: Offer; onShow: (offer: Offer) => void }) {
  const Icon = iconOf(offer.block);
  const add = () => {
    rememberBlock(offer);
    useCanvasUi.getState().add?.({ blockId: offer.block.uuid, inputs: offer.inputs });
  };
  return (
    <li className="group flex items-center rounded-md hover:bg-sunken">
      <button
        type="button"
        draggable
        title={offer.why ?? offer.description.split("\n")[0]}
        className={cx("flex min-w-0 flex-1 cursor-grab items-center gap-2 px-2 py-1 text-left text-sm", offer.why && "text-muted")}
        onDragStart={(event) => { writeOffer(event.dataTransfer, offer); rememberBlock(offer); }}
        onClick={add}
        onFocus={(event) => event.currentTarget.matches(":focus-visible") && onShow(offer)}
      >
        <Icon className="size-4 shrink-0 text-accent" aria-hidden />
        <span className="truncate">{offer.title}</span>
      </button>
      <button type="button" tabIndex={-1} aria-label={`About ${offer.title}`} className="mr-1 hidden size-6 shrink-0 items-center justify-center rounded text-muted group-hover:flex hover:text-text" onClick={() => onShow(offer)}>
        <CircleHelp className="size-4" aria-hidden />
      </button>
    </li>
  );
});
