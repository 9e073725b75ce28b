// The token of the moment, and how another one is had.

export interface Session {
  token(): string;
  /** Called when the server has refused a token; resolves when there is another one. */
  renew(refused: string): Promise<void>;
}

/** Goes through tokens that are there from the start; an application asks whoever issues them. */
export function sessionOf([...tokens]: string[]): Session {
  return {
    token: () => tokens[0] ?? '',
    renew: async (refused) => {
      // What runs at the same time is refused the same token, and wants one other.
      if (tokens[0] !== refused) return;
      if (tokens.length === 1) throw new Error('The server refuses the token, and there is no other.');
      tokens.shift();
    },
  };
}
