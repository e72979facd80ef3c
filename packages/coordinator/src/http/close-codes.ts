/** WebSocket close codes. Source: RFC 6455, section 7.4.1; IANA's registry for 1013. */
export const CLOSE = { goingAway: 1001, unsupportedData: 1003, policy: 1008, tryAgain: 1013 } as const;
