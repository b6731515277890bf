/** An organisation as it is after some months: long names, many rows, large values, failures, other languages. Made by the API, for the checks of layout. */
import { asked, endsAs, gave } from "./asking";
import { importExample } from "./examples";
import type { Api } from "./fixtures";
import { newPerson } from "./people";
import { doubling, failing, isIn, picking, run, waiting } from "./run-pages";
import { makeAgent } from "./run-agents";

export const LONG = "Summarise the weekly incident reports of all regional teams and send them to whoever is on call";
const GERMAN = "Rechtsschutzversicherungsgesellschaftenbeitragsabrechnung prüfen";
const WORD = "a_name_without_any_place_to_break_it_which_somebody_took_from_a_database_column";
const PARAGRAPH = "The third region had two outages, both after a change of the certificate; nobody was told for eleven minutes because the pager stood at the old rota. ".repeat(4).trim();
const ROWS = Array.from({ length: 40 }, (_, at) => ({ customer: `Customer ${at}`, email: `somebody.with.a.long.address.${at}@subsidiary.example.org`, amount: 1_234_567.89 * at, note: at % 3 === 0 ? PARAGRAPH : "" }));
const VALUES = {
  "Weekly report": `# Week 47\n\n${PARAGRAPH}\n\n- [The dashboard](https://example.org/dashboards/7)\n- \`${WORD}\`\n\n| region | outages |\n| --- | ---: |\n| north | 2 |\n| south | 1048576 |`,
  Customers: ROWS,
  [WORD]: { deep: { deeper: { deepest: [1, 2.5, null, true, PARAGRAPH] } }, [WORD]: WORD },
  "すべての地域のまとめ": "地域ごとの障害報告。".repeat(30),
  "تقرير": "تقرير الأسبوع عن الأعطال في جميع المناطق",
  Number: 12_345_678_901.25,
  Large: Array.from({ length: 3000 }, (_, at) => `line ${at} ${WORD}`).join("\n"),
};
const FORM = { type: "object", properties: { to: { type: "string", title: "To whom it is sent" }, subject: { type: "string", title: "Subject" }, text: { type: "string", title: "Text", format: "long-text" }, copies: { type: "integer", title: "Copies" } }, required: ["to", "text"] };

export type Filled = Record<"agent" | "countdown" | "values" | "failed" | "retrying" | "waiting" | "completed" | "many" | "approval" | "asking" | "share" | "approve" | "creator" | "listing" | "review" | "invitation", string>;

/** Somebody else's agent in the marketplace, as the platform's reviewer let it in; and a second that still waits for them. */
async function listed(api: Api): Promise<Pick<Filled, "creator" | "listing" | "review">> {
  const author = await newPerson(api, "Wolfeschlegelsteinhausenbergerdorff");
  const handle = `long-${Date.now()}`;
  await author.send("mutation($i:UpdateProfileInput!){updateProfile(input:$i){errors{message}}}", { i: { handle, name: "Wolfeschlegelsteinhausen and Daughters, Agents for Regional Operations", description: PARAGRAPH, links: ["https://example.org/a/rather/long/address/that/goes/on/and/on"] } });
  const versions: string[] = [];
  for (const [name, example] of [[LONG, "researcher"], [GERMAN, "fan_out"]] as const) {
    const graphId = await importExample(author, example);
    const texts = { name: name.slice(0, 90), subheading: PARAGRAPH.slice(0, 150), description: `${PARAGRAPH}\n\n## How\n\n${PARAGRAPH}`, instructions: PARAGRAPH, categories: ["operations", "incident management"] };
    const { createListing } = await author.send("mutation($i:CreateListingInput!){createListing(input:$i){errors{message path} listing{id versions{id}}}}", { i: { graphId, slug: `${handle}-${versions.length}`, texts } });
    const id = createListing.listing.versions[0].id as string;
    const { submitListing } = await author.send("mutation($i:ID!){submitListing(id:$i){errors{message} version{submittedAt}}}", { i: id });
    if (versions.length === 0) {
      await api.send("mutation($i:ReviewListingInput!){reviewListing(input:$i){errors{message}}}", { i: { versionId: id, submittedAt: submitListing.version.submittedAt, decision: "APPROVE", comments: PARAGRAPH } });
      await api.send("mutation($l:ID!){addToLibrary(input:{listingId:$l}){errors{message}}}", { l: createListing.listing.id });
      await api.send("mutation($l:ID!,$c:String!){rateListing(input:{listingId:$l,score:4,comment:$c}){errors{message}}}", { l: createListing.listing.id, c: PARAGRAPH });
    }
    versions.push(id);
  }
  return { creator: handle, listing: `${handle}/${handle}-0`, review: versions[1] as string };
}

/** What starts an agent without a person: schedules and webhooks, on and paused, and presets. */
async function started(api: Api, agent: string): Promise<void> {
  const schedule = "mutation($i:CreateScheduleInput!){createSchedule(input:$i){errors{message path}}}";
  await api.send(schedule, { i: { graphId: agent, name: LONG, spec: { cron: ["30 2 * * 1-5", "0 12 1,15 * *"], timezone: "America/Argentina/ComodRivadavia" }, inputs: { topic: PARAGRAPH } } });
  await api.send(schedule, { i: { graphId: agent, name: "Each minute", spec: { intervalSeconds: 60 }, inputs: { topic: "x" }, isPaused: true, note: PARAGRAPH.slice(0, 200) } });
  for (const name of [WORD, LONG]) {
    const { createWebhook } = await api.send("mutation($n:String!){createWebhook(input:{name:$n,isSigned:false}){errors{message} webhook{id} url}}", { n: name });
    await api.send("mutation($w:ID!,$g:ID!){attachToWebhook(input:{webhookId:$w,graphId:$g,inputName:\"topic\",events:[\"order.paid\",\"order.refunded_after_a_complaint\"]}){errors{message path}}}", { w: createWebhook.webhook.id, g: agent });
    await api.send("mutation($g:ID!,$n:String!,$p:String!){createPreset(input:{graphId:$g,name:$n,description:$p,inputs:{topic:$p}}){errors{message path}}}", { g: agent, n: name, p: PARAGRAPH });
    await fetch(createWebhook.url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ type: "order.paid", id: 7, text: PARAGRAPH }) }).catch(() => null);
  }
}

async function kept(api: Api): Promise<string> {
  const credential = "mutation($i:CreateCredentialInput!){createCredential(input:$i){errors{message path}}}";
  await api.send(credential, { i: { provider: "github", title: LONG.slice(0, 90), secret: { apiKey: { key: "sk-0123456789-abcdef" } }, isShared: true } });
  await api.send(credential, { i: { provider: "openai", title: GERMAN, secret: { apiKey: { key: "sk-0123456789-uvwxyz" } } } });
  for (const name of ["Nightly job", LONG.slice(0, 90)]) await api.send("mutation($n:String!){createApiKey(input:{name:$n,scopes:[\"runs:read\",\"graphs:read\",\"runs:execute\"],expiresInDays:30}){errors{message}}}", { n: name });
  const invite = "mutation($e:String!,$r:Role!){inviteMember(input:{email:$e,role:$r}){errors{message} token}}";
  const { inviteMember } = await api.send(invite, { e: `maria.magdalena.${WORD.slice(0, 30)}-${Date.now()}@subsidiary.example.org`, r: "OPERATOR" });
  await api.send("mutation($t:String!){acceptInvitation(input:{token:$t,name:\"María Magdalena Wolfeschlegelsteinhausenbergerdorff\",password:\"a long enough password\"}){errors{message}}}", { t: inviteMember.token });
  const open = await api.send(invite, { e: `open-${Date.now()}@example.org`, r: "VIEWER" });
  const folder = "mutation($n:String!,$p:ID){createFolder(input:{name:$n,parentId:$p}){errors{message} folder{id}}}";
  const { createFolder } = await api.send(folder, { n: "Operations of the northern regions and of the islands" });
  await api.send(folder, { n: GERMAN, p: createFolder.folder.id });
  return open.inviteMember.token as string;
}

export async function fill(api: Api): Promise<Filled> {
  const nodes: Parameters<typeof makeAgent>[2] = [
    { id: "in", block: "input", title: "The topic that the reports of all teams are about", input: { name: "topic", description: PARAGRAPH } },
    { id: "keep", block: "store", title: GERMAN },
    { id: "text", block: "store", title: "テキスト" },
    { id: "out", block: "output", title: WORD, input: { name: "result" } },
  ];
  const agent = await makeAgent(api, LONG, nodes, ["in.result > keep.input", "keep.output > text.input", "text.output > out.value"], { description: PARAGRAPH });
  const countdown = await importExample(api, "countdown");
  for (const name of ["fan_out", "researcher", "error_routing", "refund"]) await importExample(api, name);
  for (const name of [GERMAN, WORD, "すべての地域のまとめ"]) await makeAgent(api, name, [{ id: "in", block: "input", input: { name: "topic" } }], [], { isPublished: false });
  await started(api, agent.id);
  const invitation = await kept(api);
  const pick = await picking(api);
  const failed = await run(api, pick, { names: ["Ann", "Bob", PARAGRAPH], place: 7 });
  const completed = await run(api, pick, { names: ["Ann", "Bob", PARAGRAPH], place: 2 });
  for (let at = 0; at < 12; at++) await run(api, agent.id, { topic: `${PARAGRAPH} ${at}` });
  const retrying = await run(api, await failing(api));
  const wait = await run(api, await waiting(api));
  const many = await run(api, await doubling(api, 60));
  const { approvalId, runId } = await asked(api, { to: "ann", subject: LONG, text: PARAGRAPH, copies: 3 }, { form: FORM, name: LONG, instructions: PARAGRAPH, timeout_seconds: 7200, on_timeout: "reject" });
  for (let at = 0; at < 4; at++) await asked(api, { to: "ann", text: "Hello" });
  const { runId: values } = await gave(api, VALUES);
  const market = await listed(api);
  await isIn(api, failed, "FAILED");
  await endsAs(api, many, "COMPLETED");
  const { shareRun } = await api.send("mutation($r:ID!){shareRun(input:{id:$r}){errors{message} token}}", { r: values });
  const { makeApprovalLink } = await api.send("mutation($i:MakeApprovalLinkInput!){makeApprovalLink(input:$i){errors{message} token}}", { i: { approvalId } });
  return { agent: agent.id, countdown, values, failed, retrying, waiting: wait, completed, many, approval: approvalId, asking: runId, share: shareRun.token, approve: makeApprovalLink.token, invitation, ...market };
}
