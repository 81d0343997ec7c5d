import t from 'tap'
import { readAccounts } from '../../harness/iptables/words/account-files.ts'

t.test('names of accounts and groups have the number of their third field; the first of two counts', async (t) => {
  const passwd =
    'root:x:0:0:root:/root:/bin/sh\n# a comment\nenvoy:x:101:102::/:\n\n+::::::\nenvoy:x:7:7::/:\r\nlast:x:4294967294:0::/:\r\n'
  t.same(
    [...readAccounts('/p', passwd, 'passwd')],
    [
      ['root', 0],
      ['envoy', 101],
      ['last', 4294967294],
    ],
  )
  t.same(
    [...readAccounts('/g', 'root:x:0:\nmesh:x:111:a,b\n', 'group')],
    [
      ['root', 0],
      ['mesh', 111],
    ],
  )
})

t.test('all lines that are no accounts are told', async (t) => {
  try {
    readAccounts('/p', 'root:x:0:0:::\nenvoy 101\n:x:1:1:::\na:x:4294967295:0:::\nb:x:0x10:0:::\n', 'passwd')
    t.fail('nothing was wrong')
  } catch (error) {
    t.match((error as Error).message.split('\n'), [
      /^\/p:2: is no line of \/etc\/passwd; write NAME/,
      /^\/p:3:/,
      /^\/p:4:/,
      /^\/p:5:/,
    ])
  }
})
