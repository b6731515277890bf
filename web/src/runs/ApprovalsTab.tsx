/** What a run asks people, those that wait first. */
import { Hand } from "lucide-react";
import { ApprovalCard } from "@/approvals/ApprovalCard";
import { Card } from "@/ui/Page";
import { Empty } from "@/ui/states";
import type { RunHeadFragment } from "./run.generated";

export function ApprovalsTab({ run, refresh }: { run: RunHeadFragment; refresh: () => void }) {
  if (run.approvals.length === 0) return <Empty icon={<Hand className="size-6" />} title="It asked nobody" text="Where a node asks a person, what it asks and what was said stand here." />;
  const sorted = [...run.approvals].sort((one, other) => Number(other.status === "PENDING") - Number(one.status === "PENDING"));
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-3 py-3">
      {sorted.map((one) => <Card key={one.id}><ApprovalCard approvalId={one.id} onDecided={refresh} isRunShown={false} /></Card>)}
    </div>
  );
}
