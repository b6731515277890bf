/** What is lost with an agent, before it is deleted: what starts it by itself goes with it, and nothing of that runs on unseen. */
import { useQuery } from "urql";
import { LibraryStartersDocument } from "./library.generated";

const counted = (count: number, one: string, many: string, isMore = false) => `${count}${isMore ? " or more" : ""} ${count === 1 && !isMore ? one : many}`;

/** "2 schedules and 1 webhook went with it."; null where nothing did. */
export function goneWith(schedules: number, webhooks: number): string | null {
  const found = [
    ...(schedules > 0 ? [counted(schedules, "schedule", "schedules")] : []),
    ...(webhooks > 0 ? [counted(webhooks, "way in by a webhook", "ways in by webhooks")] : []),
  ];
  return found.length > 0 ? `${found.join(" and ")} went with it.` : null;
}

export function DeletionText({ agentId }: { agentId: string }) {
  const [{ data, error }] = useQuery({ query: LibraryStartersDocument, variables: { graphId: agentId }, requestPolicy: "network-only" });
  const schedules = data?.schedules.nodes ?? [];
  const hooks = (data?.webhooks.nodes ?? []).filter((hook) => hook.attachments.some((one) => one.graphId === agentId));
  return (
    <div className="flex flex-col gap-2">
      <p>It is gone for everyone in the organisation. Its past runs can still be looked at. This cannot be taken back.</p>
      {!data && <p role="status">{error ? "What it takes along could not be read: schedules and webhooks that start it go, too." : "Looking for what it takes along"}</p>}
      {schedules.length > 0 && (
        <p>With it {schedules.length === 1 ? "goes" : "go"} {counted(schedules.length, "schedule", "schedules", data?.schedules.pageInfo.hasNextPage)}: {schedules.slice(0, 5).map((one) => one.name).join(", ")}{schedules.length > 5 ? " and others" : ""}.</p>
      )}
      {hooks.length > 0 && (
        <p>{hooks.length === 1 ? "A webhook starts it no more" : "Webhooks start it no more"}: {hooks.slice(0, 5).map((one) => one.name).join(", ")}{hooks.length > 5 ? " and others" : ""}.</p>
      )}
    </div>
  );
}
