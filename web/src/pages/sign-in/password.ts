/** Shortest password that the service takes, in characters. */
const LEAST = 10;

/** What is wrong with a new password that was typed twice. */
export function complaints(password: string, again: string): { password?: string; again?: string } {
  const length = [...password].length;
  return {
    ...(length < LEAST && { password: `It needs at least ${LEAST} characters; these are ${length}.` }),
    ...(password !== again && { again: 'The two are not the same.' }),
  };
}
