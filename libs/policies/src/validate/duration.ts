const BY_UNITS =
  /^(?=.)(?:\d+w(?:eeks?)?)?(?:\d+d(?:ays?)?)?(?:\d+h(?:ours?)?)?(?:\d+m(?:inutes?)?)?(?:\d+s(?:econds?)?)?$/;
const ISO_8601 = /^P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?$/;

/** A duration by units (`1d 2h`, long or short) or as ISO 8601 has it (spec/system-api §2.1). */
export function isDuration(text: string): boolean {
  const plain = text.replaceAll(/\s/g, '');
  return BY_UNITS.test(plain.toLowerCase()) || ISO_8601.test(plain);
}
