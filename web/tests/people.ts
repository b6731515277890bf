/** Other people: the stack's first owner reviews listings, and nobody reviews those of an organisation that they are in. */
import type { Api, Data } from "./fixtures";

const url = (path: string) => new URL(path, process.env.DRYSTONE_WEB_URL ?? "http://127.0.0.1:8080").href;

export function apiOf(token: string, organisationId: string): Api {
  return {
    token,
    organisationId,
    send: async (query, variables = {}) => {
      const answer = await fetch(url("/graphql"), { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) });
      const { data, errors } = (await answer.json()) as { data?: Data; errors?: unknown };
      if (errors) throw new Error(JSON.stringify(errors));
      const refused = Object.values(data ?? {}).flatMap((one) => (one as Data)?.errors ?? []);
      if (refused.length > 0) throw new Error(JSON.stringify(refused));
      return data as Data;
    },
  };
}

/** Another person, in an organisation of their own that the first owner is not in. */
export async function newPerson(api: Api, name: string): Promise<Api> {
  const made = await api.send("mutation($e: String!) { inviteMember(input: {email: $e, role: VIEWER}) { errors { message } token } }", { e: `${name.toLowerCase()}-${Date.now()}@example.org` });
  const accepted = await api.send("mutation($t: String!, $n: String!) { acceptInvitation(input: {token: $t, name: $n, password: \"a long enough password\"}) { errors { message } token } }", { t: made.inviteMember.token, n: name });
  const guest = apiOf(accepted.acceptInvitation.token, api.organisationId);
  const { createOrganisation } = await guest.send("mutation($n: String!) { createOrganisation(input: {name: $n}) { errors { message } organisation { id } } }", { n: `${name} ${Date.now() % 1_000_000}` });
  const id = createOrganisation.organisation.id as string;
  const { switchOrganisation } = await guest.send("mutation($id: ID!) { switchOrganisation(id: $id) { errors { message } token } }", { id });
  return apiOf(switchOrganisation.token, id);
}
