/** Publish an agent, make another version of a listing, or change a draft: one form for the three. */
import { type FormEvent, useId, useState } from "react";
import { useQuery } from "urql";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { SelectField, TextArea, TextField } from "@/ui/fields";
import { Failed, Loading } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { MarketAgentVersionsDocument, MarketCreateListingDocument, MarketCreateVersionDocument, MarketSubmitDocument, MarketUpdateVersionDocument, type MarketVersionPartsFragment } from "./market.generated";
import { readTexts, slugOf, type TextsForm, writeTexts } from "./texts";

export type ListingTask =
  | { kind: "publish"; graphId: string }
  | { kind: "version"; listingId: string; graphId: string; last: MarketVersionPartsFragment }
  | { kind: "draft"; graphId: string; version: MarketVersionPartsFragment };

const TITLES = { publish: "Publish to the marketplace", version: "A new version for the marketplace", draft: "Change the draft" };

export function ListingDialog(props: { task: ListingTask; handle: string; onClose: () => void; onDone: () => void }) {
  const { task, onClose } = props;
  const [{ data }] = useQuery({ query: MarketAgentVersionsDocument, variables: { graphId: task.graphId } });
  if (!data) return <Dialog isOpen onClose={onClose} title={TITLES[task.kind]}><Loading /></Dialog>;
  const agent = data.graph;
  const empty: TextsForm = { slug: slugOf(agent?.name ?? ""), name: agent?.name ?? "", subheading: "", description: agent?.description ?? "", instructions: "", changes: "", categories: "", media: "" };
  const initial = task.kind === "publish" ? empty : task.kind === "version" ? writeTexts(task.last, { isNew: true }) : writeTexts(task.version, { isNew: false });
  return <Form {...props} initial={initial} versions={agent?.versions.nodes ?? []} />;
}

function Form({ task, handle, initial, versions, onClose, onDone }: { task: ListingTask; handle: string; initial: TextsForm; versions: readonly { id: string; number: number; name?: string | null; isActive: boolean }[]; onClose: () => void; onDone: () => void }) {
  const formId = useId();
  const [form, setForm] = useState(initial);
  const [graphVersion, setGraphVersion] = useState("");
  const [isTried, setTried] = useState(false);
  const [create, creating] = useChange(MarketCreateListingDocument, { isQuiet: true });
  const [add, adding] = useChange(MarketCreateVersionDocument, { isQuiet: true });
  const [update, updating] = useChange(MarketUpdateVersionDocument, { isQuiet: true });
  const [submit, submitting] = useChange(MarketSubmitDocument, { isQuiet: true });
  const isNew = task.kind === "publish";
  const { texts, errors } = readTexts(form, { needsSlug: isNew });
  const problems = [creating, adding, updating, submitting].flatMap((one) => one.problems);
  const isBusy = [creating, adding, updating, submitting].some((one) => one.isBusy);
  // A draft that was made is not made again where its submission was refused: it is changed from then on.
  const [draftId, setDraftId] = useState(task.kind === "draft" ? task.version.id : null);
  const of = (name: keyof TextsForm) => (isTried ? errors[name] : undefined) ?? problems.find((one) => one.path?.includes(name))?.message;
  const field = (name: keyof TextsForm) => ({ value: form[name], error: of(name), onChange: (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value }) });

  const keep = async (): Promise<string | null> => {
    const version = graphVersion ? { graphVersion: Number(graphVersion) } : {};
    if (draftId) return (await update({ input: { versionId: draftId, ...texts, ...version } })).version?.id ?? null;
    const { listing } = task.kind === "version" ? await add({ input: { listingId: task.listingId, texts, ...version } }) : await create({ input: { graphId: task.graphId, slug: form.slug, texts, ...version } });
    return listing?.versions.find((one) => one.status === "DRAFT")?.id ?? null;
  };
  const save = async (event: FormEvent, isSubmitted: boolean) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(errors).length > 0) return;
    try {
      const id = await keep();
      setDraftId(id);
      onDone();
      if (isSubmitted && id) await submit({ id });
      notify(isSubmitted ? { kind: "ok", title: "It was submitted.", text: "A reviewer looks at it. Until then nobody else sees it." } : { kind: "ok", title: "The draft is saved.", text: "Nobody else sees it until it is submitted and approved." });
      onDone();
      onClose();
    } catch {
      // What was refused stands in the form.
    }
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="large"
      title={TITLES[task.kind]}
      description="Others get a copy of the agent as it is in the version that you choose, without credentials and secrets."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} isBusy={isBusy}>Save as a draft</Button>
          <Button look="primary" isBusy={isBusy} onClick={(event) => void save(event, true)}>Submit for review</Button>
        </>
      }
    >
      <form id={formId} noValidate className="flex flex-col gap-4" onSubmit={(event) => void save(event, false)}>
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <TextField label="Name" isRequired maxLength={100} {...field("name")} />
          {isNew && !draftId && <TextField label="Address" isRequired maxLength={60} {...field("slug")} help={`/marketplace/${handle}/${form.slug || "…"}. It never changes.`} />}
          <TextField label="In one line" maxLength={200} {...field("subheading")} />
          <SelectField
            label="Version of the agent"
            options={[{ value: "", label: task.kind === "draft" ? `As it was taken${task.version.graphVersion ? `: version ${task.version.graphVersion}` : ""}` : "The one that runs now" }, ...versions.map((one) => ({ value: String(one.number), label: `Version ${one.number}${one.name ? `: ${one.name}` : ""}` }))]}
            value={graphVersion}
            onChange={setGraphVersion}
            error={problems.find((one) => one.path?.includes("graphVersion"))?.message}
          />
        </div>
        <TextArea label="What it does" rows={5} {...field("description")} help="Markdown. Pictures go below." />
        <TextArea label="How to use it" rows={3} {...field("instructions")} help="Markdown: which inputs it takes, what to set up before." />
        {task.kind !== "publish" && <TextArea label="What is new" rows={2} {...field("changes")} />}
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <TextField label="Categories" placeholder="writing, research" {...field("categories")} help="At most five, with commas between them." />
          <TextArea label="Pictures and films" rows={2} placeholder="https://…" className="font-mono" {...field("media")} help="Addresses that begin with https://, one on each line, at most ten." />
        </div>
        <Failed errors={problems.filter((one) => !one.path?.some((step) => step in form || step === "graphVersion"))} />
        {isTried && Object.keys(errors).length > 0 && <p role="alert" className="text-sm text-danger">Some fields need another look.</p>}
      </form>
    </Dialog>
  );
}
