/** Who shows how many approvals wait hears here that one was decided, and asks anew. */
type Listener = () => void;

const listeners = new Set<Listener>();

export function announceDecision(): void {
  for (const listener of listeners) listener();
}

export function onDecision(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
