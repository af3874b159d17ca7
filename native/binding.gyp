{
  # One addon. Everything in src/ is for all systems; the system's own half is the folder of its name, whole.
  # node-gyp rebuild --osmofs_strict=1 makes warnings errors (the project's own builds; not a user's unknown compiler).
  'variables': {
    'osmofs_strict%': 0,
    'napi_include': '<!(node -p "path.resolve(require(\'node-addon-api\').include_dir)")',
    'sources_of': 'node -p "process.argv.slice(1).flatMap(d=>fs.readdirSync(d).filter(f=>f.endsWith(\'.cc\')).sort().map(f=>d+\'/\'+f)).join(\' \')"',
  },
  'targets': [
    {
      'target_name': 'osmofs',
      'sources': ['<!@(<(sources_of) src)'],
      'include_dirs': ['src'],
      'defines': ['NAPI_VERSION=8', 'NAPI_DISABLE_CPP_EXCEPTIONS', '_FILE_OFFSET_BITS=64'],
      'cflags': ['-Wall', '-Wextra', '-fvisibility=hidden', '-isystem', '<(napi_include)'],
      'cflags_cc': ['-std=c++17', '-O2'],
      'xcode_settings': {
        'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
        'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
        'MACOSX_DEPLOYMENT_TARGET': '11.0',
        'WARNING_CFLAGS': ['-Wall', '-Wextra'],
        'OTHER_CFLAGS': ['-isystem', '<(napi_include)'],
      },
      'conditions': [
        ['OS=="linux"', { 'sources': ['<!@(<(sources_of) linux)'], 'libraries': ['-pthread'] }],
        ['OS=="mac"', { 'sources': ['<!@(<(sources_of) darwin)'] }],
        ['osmofs_strict==1', { 'cflags': ['-Werror'] }],
      ],
    },
  ],
}
