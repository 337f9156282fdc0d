/** What an entry of an action list gives (spec/policies §3). */
export type ActionValue = boolean | string;
