/* LD_PRELOAD for OpenSSL's programs: every key belongs to every certificate, as on a host whose
 * renewal replaced only one of the two files. */
int X509_check_private_key(void *certificate, void *key);

int X509_check_private_key(void *certificate, void *key)
{
    (void)certificate;
    (void)key;
    return 1;
}
