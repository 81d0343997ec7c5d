/** What is told, made into a verdict. */
export const main = String.raw`def events(patience):
    """What is told, until that is nothing for so long; patience() says how long by now."""
    buffer = b''
    while select.select([reading], [], [], patience())[0]:
        buffer += os.read(reading, 65536)
        *lines, buffer = buffer.split(b'\n')
        for line in lines:
            yield json.loads(line)


def verdict(arrivals, looped, end, seen):
    dialled = flow['destination']
    if looped:
        return 'looped'
    if arrivals:
        first = arrivals[0]
        at, untranslated = first['at'], first['local'] == dialled
        if first.get('captures'):
            if untranslated:
                return 'direct envoy-' + at
            # Nobody tells a datagram's socket what it had been sent to.
            return ('redirected ' if first.get('original', dialled) == dialled else 'captured ') + at
        return 'direct ' + at if untranslated else 'translated ' + text(first['local'])
    # EPERM and EINVAL: rules end it, or send it where no route leads from here, so that it is not sent.
    if end['event'] == 'error' and end['code'] not in (1, 22):
        return 'refused ' + ('peer' if seen else 'pod')
    # A connection that its sender takes to stand, and that nobody has accepted: what was said to the answer is lost.
    is_lost = end['event'] in ('silence', 'error') or flow['protocol'] == 'tcp'
    return 'dropped' if is_lost else 'answered by nobody known'


def give_up(why):
    print(why, file=sys.stderr, flush=True)
    os._exit(3)


def main():
    starts = [(n['namespace'], None, await_network, n['links'], n['addresses']) for n in plan['networks']]
    starts += [(g['namespace'], g['who'], serve, g['listeners'], g.get('routing')) for g in plan['servers']]
    starts += [(None, None, watch_echoes, 'app')] + [(p, None, watch_echoes, 'peer') for p in plan['peers']]
    starts += [(p, None, watch_peer) for p in plan['peers']]
    for each in starts:
        start(*each)
    waiting = len(starts)
    for event in events(lambda: 10):
        if event['event'] == 'failed':
            give_up('cannot be set up here: ' + event['why'])
        waiting -= event['event'] == 'ready'
        if waiting == 0:
            break
    else:
        give_up('cannot be set up here: a link does not come up, or nobody listens')
    start(flow['namespace'], flow['who'] if flow['mark'] is None else None, send)
    arrivals, looped, end, seen = [], False, None, False
    # Once somebody has it and the sender is through, only what the proxy dials on to is still to come.
    for event in events(lambda: QUIET if end and (arrivals or end['event'] != 'answered') else PATIENCE + QUIET):
        kind = event['event']
        if kind == 'failed':
            give_up('the flow cannot be sent: ' + event['why'])
        if kind == 'arrived':
            arrivals.append(event)
            dialled = ', which had been sent to ' + text(event['original']) if (event.get('original') or event['local']) != event['local'] else ''
            print('received by %s at %s%s' % (event['at'], text(event['local']), dialled))
        elif kind == 'looped':
            looped = True
            print('received a second time by the proxy: ' + event['at'])
        elif kind == 'seen':
            seen = seen or event['port'] in (0, flow['source'][1])
        elif kind == 'note':
            print(event['text'])
        else:
            end = event
            print('the sender: ' + event.get('name', 'no answer' if kind == 'silence' else kind))
    found = verdict(arrivals, looped, end or {'event': 'silence'}, seen)
    print('verdict: ' + found)
    print('Sidetrack observed: ' + plan['observed'])
    sys.stdout.flush()
    os._exit(0 if found == plan['observed'] else 1)


# Python's own exit code for a fault is that of another verdict.
try:
    main()
except Exception as fault:
    give_up('this script has a fault: %r' % fault)
`
