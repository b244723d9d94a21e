import type { Member, User } from '../api/schema';

/** People by their ids. */
export type People = ReadonlyMap<string, User>;

/** The people of a workspace; none while they are fetched. */
export function peopleOf(members: readonly Member[] | undefined): People {
  return new Map((members ?? []).map(({ user }) => [user.id, user]));
}

/** What somebody is called. */
export function calledName(user: Pick<User, 'name' | 'email'>): string {
  return user.name || user.email;
}

/** What the person of an id is called; `system` is the service itself. */
export function nameOf(id: string, people: People, gone = 'Somebody who has left'): string {
  if (id === 'system') return 'Driftline';
  const user = people.get(id);
  return user === undefined ? gone : calledName(user);
}
