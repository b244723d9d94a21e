/** Puts a text on the clipboard; answers whether that worked. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without HTTPS browsers have only the old way.
    return copyOverSelection(text);
  }
}

function copyOverSelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'only-read-aloud';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}
