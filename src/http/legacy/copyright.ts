export const COPYRIGHT = 'Copyright (C) the Twinlock contributors';
