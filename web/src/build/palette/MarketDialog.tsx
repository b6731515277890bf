/** What an agent of the marketplace needs and costs, before it is added to the library and put on the canvas as a node. */
import { Plus } from "lucide-react";
import { useState } from "react";
import { useClient, useQuery } from "urql";
import type { BlockSpec } from "@/blocks/blocks";
import { told, type Told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import type { GraphDocument } from "@/graph/document";
import { useEntry } from "@/library/useLibrary";
import { ListingNeeds } from "@/market/ListingNeeds";
import { MarketAddDocument } from "@/market/market.generated";
import { useMay } from "@/shell/viewer";
import { Button, LinkButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Failed, Loading } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { useCanvasUi } from "../canvas/ui";
import type { Listing } from "./MarketRows";
import { agentOffer } from "./offers";
import { OfferedAgentOfDocument, OfferedAgentsDocument, OfferedListingDocument } from "./palette.generated";

type Props = { listing: Listing; block: BlockSpec; close: () => void };

export default function MarketDialog({ listing, block, close }: Props) {
  const client = useClient();
  const may = useMay()("library:write");
  const handle = listing.creator?.handle ?? "-";
  const name = listing.active?.name ?? listing.slug;
  const [{ data, error }, again] = useQuery({ query: OfferedListingDocument, variables: { creator: handle, slug: listing.slug } });
  // A copy keeps the agent's id; one of that id that came from elsewhere is not this listing's.
  const kept = useEntry(listing.graphId).entry;
  const isHere = kept?.listing?.id === listing.id;
  const [add, { isBusy, problems }] = useChange(MarketAddDocument, { isQuiet: true });
  const [unread, setUnread] = useState<Told[]>([]);
  const document = data?.listing?.active?.document as GraphDocument | undefined;

  const go = async () => {
    setUnread([]);
    const graphId = isHere ? listing.graphId : await add({ input: { listingId: listing.id } }).then((made) => made.entry?.graphId, () => null);
    if (!graphId) return;
    const answer = await client.query(OfferedAgentOfDocument, { id: graphId }, { requestPolicy: "network-only" }).toPromise();
    const agent = answer.data?.graph;
    if (!agent) return setUnread(answer.error ? told(answer.error) : [{ code: "NOT_FOUND", message: "It is in your library, and could not be read.", remedy: "Try again." }]);
    close();
    useCanvasUi.getState().add?.({ blockId: block.uuid, inputs: agentOffer(agent, block).inputs });
    if (!isHere) notify({ kind: "ok", title: `“${agent.name}” is in your library, and a node here.` });
    // It stands among one's own agents from now on.
    void client.query(OfferedAgentsDocument, { search: null }, { requestPolicy: "network-only" }).toPromise();
  };

  return (
    <Dialog
      isOpen
      onClose={close}
      title={name}
      description={`${listing.active?.subheading ? `${listing.active.subheading.replace(/\.?$/, ".")} ` : ""}By ${listing.creator?.name ?? "somebody who has left"}.`}
      footer={
        <>
          <LinkButton to={`/marketplace/${handle}/${listing.slug}`}>See its listing</LinkButton>
          <Button look="primary" icon={<Plus className="size-4" aria-hidden />} isBusy={isBusy} disabled={!document || (!isHere && !may)} title={isHere || may ? undefined : "Your role may not add to the library."} onClick={() => void go()}>
            {isHere ? "Put it on the canvas" : "Add it to your library and the canvas"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {problems.length + unread.length > 0 && <Failed errors={[...problems, ...unread]} />}
        {error && !data && <Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} />}
        {document ? <ListingNeeds document={document} /> : !error && <Loading text="Looking into it" />}
        <p className="text-sm text-muted">{isHere ? "It is in your library already." : "A copy goes into your library: what its author changes later comes to you as an update."} As a node it runs within your agent.</p>
      </div>
    </Dialog>
  );
}
