// tls_node.js client|server [addr= port= name= ca= cert= key= version= alpn= mtls= mode= n=]: Node's
// TLS on either side; the last line tells how the handshake ended.
const fs = require('fs');
const tls = require('tls');
const o = {addr: '127.0.0.1', port: '443', name: 'www.example.test', mode: 'get', n: '1'};
for (const word of process.argv.slice(3)) {
    const at = word.indexOf('=');
    o[word.slice(0, at)] = word.slice(at + 1);
}
const common = {minVersion: 'TLSv1', maxVersion: 'TLSv1.3', ciphers: 'DEFAULT:@SECLEVEL=0'};
if (o.version)
    common.minVersion = common.maxVersion = o.version === '1.0' ? 'TLSv1' : 'TLSv' + o.version;
if (o.cert) {
    common.cert = fs.readFileSync(o.cert);
    common.key = fs.readFileSync(o.key);
}
if (o.ca)
    common.ca = fs.readFileSync(o.ca);
if (o.alpn)
    common.ALPNProtocols = [o.alpn];
const tell = (who, error) => fs.writeSync(1, who + (error ? 'handshake failed: ' + error.message.split('\n')[0] : 'handshake ok') + '\n');

function client(left, session) {
    if (left === 0)
        return;
    let told = false, kept = session;
    const once = (error) => { if (!told) tell('', error); told = true; };
    const s = tls.connect({...common, host: o.addr, port: +o.port, servername: o.name, session,
        rejectUnauthorized: !!o.ca, timeout: 15000}, () => {
        once(null);
        if (o.mode === 'get')
            s.write('GET / HTTP/1.0\r\n\r\n');
        else
            s.end();
    });
    s.on('session', (x) => { kept = x; });
    s.on('error', once);
    s.on('data', () => {});
    s.on('end', () => s.end());
    s.on('timeout', () => s.destroy(new Error('timeout')));
    s.on('close', () => { once(new Error('closed')); client(left - 1, kept); });
}

function server() {
    const l = tls.createServer({...common, requestCert: !!o.mtls, rejectUnauthorized: !!o.mtls}, (s) => {
        tell(s.remotePort + ' ', null);
        s.on('data', () => s.end('HTTP/1.0 200 OK\r\n\r\nhello, this is the answer\n'));
        s.on('error', () => {});
        s.setTimeout(15000, () => s.destroy());
    });
    l.on('connection', (s) => { s.peer = s.remotePort; });
    l.on('tlsClientError', (e, s) => tell((s._parent ? s._parent.peer : s.remotePort) + ' ', e));
    l.listen(+o.port, '0.0.0.0');
}

if (process.argv[2] === 'server')
    server();
else
    client(+o.n);
