import { behaviour, equal, sameBytes, sys, truthy } from '../harness.js';

export default behaviour(
  'attributes that do not fit any more are refused, and the others stay',
  { needs: ['hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    const at = place.at('file');
    let kept = 0;
    let refusal = '';
    while (kept < 200 && refusal === '') {
      try {
        sys.setxattr(at, `user.n${kept}`, Buffer.alloc(1000, kept));
        kept++;
      } catch (error) {
        refusal = (error as sys.SysError).code;
      }
    }
    // ext4: one block for all attributes of an inode; others allow more
    if (refusal !== '') truthy(['ENOSPC', 'EDQUOT', 'E2BIG'].includes(refusal), refusal);
    truthy(kept >= 2);
    equal(sys.listxattr(at).length, kept);
    for (let i = 0; i < kept; i++) sameBytes(sys.getxattr(at, `user.n${i}`), Buffer.alloc(1000, i));
  },
);
