/** Stands for a stored secret in answers. Sent back, it means that the secret stays as it is. */
export const SECRET_MASK = '********';
