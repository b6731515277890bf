import { KeyRound, TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import { useQuery } from "urql";
import { type BlockCost, useCatalogue } from "@/blocks/blocks";
import { nameOf } from "@/credentials/providers";
import type { GraphDocument } from "@/graph/document";
import { Card } from "@/ui/Page";
import { Loading } from "@/ui/states";
import { Badge } from "@/ui/Status";
import { MarketProvidersDocument } from "./market.generated";
import { needsOf, TYPE_WORDS } from "./needs";

/** What an agent needs and costs, before it is added. */
export function ListingNeeds({ document }: { document: GraphDocument }) {
  const { blocks, isComplete } = useCatalogue();
  const [{ data }] = useQuery({ query: MarketProvidersDocument });
  const needs = useMemo(() => {
    if (!isComplete || !data) return null;
    const titles = new Map(data.providers.map((one) => [one.name, one.title]));
    return needsOf(document, blocks, data.providers.map((one) => ({ ...one, costs: one.costs as BlockCost[] })), (name) => titles.get(name) ?? nameOf(name));
  }, [document, blocks, isComplete, data]);
  return (
    <Card title="What it needs">
      {!needs ? (
        <Loading text="Looking into it" />
      ) : (
        <div className="flex flex-col gap-3 text-sm">
          {needs.missing.length > 0 && (
            <p role="note" className="flex items-start gap-2 rounded-md bg-warn-soft px-3 py-2 text-warn">
              <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
              <span className="min-w-0 break-words">It does not run here as it is. Not installed: {needs.missing.join(", ")}.</span>
            </p>
          )}
          <section aria-label="Credentials">
            <h3 className="font-medium">Credentials</h3>
            {needs.credentials.length === 0 ? (
              <p className="text-muted">None.</p>
            ) : (
              <ul className="mt-1 flex flex-col gap-2">
                {needs.credentials.map((one) => (
                  <li key={one.key} className="flex items-start gap-2">
                    <KeyRound className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden />
                    <span className="min-w-0">
                      <span className="block break-words">{one.providers.slice(0, 4).join(", ")}{one.providers.length > 4 ? " or another" : ""}: {one.types.map((type) => TYPE_WORDS[type] ?? type).join(" or ")}</span>
                      <span className="block text-xs break-words text-muted">For {one.nodes.slice(0, 3).join(", ")}{one.nodes.length > 3 ? ` and ${one.nodes.length - 3} more` : ""}{one.scopes.length > 0 ? `, to ${one.scopes.join(", ")}` : ""}</span>
                      {one.hasDemo ? <Badge tone="info">The demo answers without one</Badge> : !one.isRequired && <Badge>Not needed always</Badge>}
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </section>
          <section aria-label="Costs">
            <h3 className="font-medium">Costs</h3>
            {needs.costs.length === 0 ? (
              <p className="text-muted">None here. Providers may charge for what you use of them.</p>
            ) : (
              <ul className="mt-1 flex flex-col gap-1">
                {needs.costs.map((one) => <li key={one.words} className="break-words">{one.words}: <span className="text-muted">{one.nodes.slice(0, 4).join(", ")}{one.nodes.length > 4 ? ` and ${one.nodes.length - 4} more` : ""}</span></li>)}
              </ul>
            )}
          </section>
          {needs.sensitive.length > 0 && <p className="break-words text-muted">Look first at what these do: {needs.sensitive.join(", ")}.</p>}
          <p className="text-xs text-muted">{needs.nodes} {needs.nodes === 1 ? "node" : "nodes"}{needs.agents > 0 ? `, and ${needs.agents} ${needs.agents === 1 ? "agent" : "agents"} that it runs` : ""}.</p>
        </div>
      )}
    </Card>
  );
}
