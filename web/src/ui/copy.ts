/** Put a text on the clipboard; says whether it is there. A page over plain HTTP of another machine has no clipboard at all. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
