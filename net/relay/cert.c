/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/cert.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "net/base/log.h"
#include "net/relay/tls.h"

/* A certificate lasts about a year, and is made again in its last month, with the same key. */
enum { DAY_S = 24 * 60 * 60, LIFE_S = 398 * DAY_S, RENEW_S = 30 * DAY_S, SERIAL_BYTES = 16 };

#define SUBJECT "deskside-relay"

static int
fail_tls(const char *what, const char *file)
{
    char text[160];
    DS_ERROR("relay", "%s %s: %s", what, file, ds_relay_tls_error(text));
    return DS_ERR_INVALID;
}

static int
fail_system(const char *what, const char *file)
{
    DS_ERROR("relay", "%s %s: %s", what, file, strerror(errno));
    return DS_ERR_SYSTEM;
}

int
ds_relay_cert_load(SSL_CTX *ctx, const char *cert_file, const char *key_file)
{
    if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1)
        return fail_tls("cannot use the certificate", cert_file);
    if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1)
        return fail_tls("cannot use the key", key_file);
    return 0;
}

/* ---- files ---- */

/* Writes what `write` makes of `object` to a new file beside `path`, mode 0600, whose name goes to
 * `temporary`. */
static int
write_temporary(char temporary[static PATH_MAX], const char *path,
        int (*write_pem)(FILE *file, void *object), void *object)
{
    if (snprintf(temporary, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return fail_system("cannot write", path);
    }
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return fail_system("cannot write", path);
    FILE *file = fdopen(fd, "w");
    bool is_good =
            file != NULL && write_pem(file, object) == 1 && fflush(file) == 0 && fsync(fd) == 0;
    int saved = errno;
    if (file != NULL)
        is_good &= fclose(file) == 0;
    else
        close(fd);
    if (is_good)
        return 0;
    unlink(temporary);
    errno = saved;
    return fail_system("cannot write", path);
}

static int
write_key(FILE *file, void *key)
{
    return PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
}

static int
write_cert(FILE *file, void *cert)
{
    return PEM_write_X509(file, cert);
}

/* Opens `path` for reading. NULL with errno ENOENT: not there. */
static FILE *
open_file(const char *path)
{
    FILE *file = fopen(path, "re");
    struct stat st;
    if (file != NULL && fstat(fileno(file), &st) == 0 && (st.st_mode & 077) != 0)
        DS_WARN("relay", "%s may be read by others: chmod 600 it", path);
    return file;
}

/* ---- the key ---- */

/* Returns 0 with the key, or with NULL where there is no such file. */
static int
read_key(EVP_PKEY **key, const char *path)
{
    *key = NULL;
    FILE *file = open_file(path);
    if (file == NULL)
        return errno == ENOENT ? 0 : fail_system("cannot read", path);
    *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    return *key != NULL ? 0 : fail_tls("cannot use the key", path);
}

/* Makes the key file, unless another relay has made it in the meantime: link() never replaces. */
static int
make_key(const char *path)
{
    char temporary[PATH_MAX];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    if (key == NULL)
        return fail_tls("cannot make the key", path);
    int err = write_temporary(temporary, path, write_key, key);
    EVP_PKEY_free(key);
    if (err != 0)
        return err;
    if (link(temporary, path) != 0 && errno != EEXIST)
        err = fail_system("cannot make", path);
    unlink(temporary);
    return err;
}

static int
get_key(EVP_PKEY **key, const char *path)
{
    int err = read_key(key, path);
    if (err != 0 || *key != NULL)
        return err;
    err = make_key(path);
    if (err == 0)
        err = read_key(key, path);
    if (err == 0 && *key == NULL)
        err = fail_system("cannot read", path);
    return err;
}

/* ---- the certificate ---- */

static bool
set_serial(X509 *cert)
{
    unsigned char bytes[SERIAL_BYTES];
    bool is_good = false;
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] &= 0x7f; /* positive: RFC 5280, 4.1.2.2 */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    if (number != NULL)
        is_good = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    return is_good;
}

static bool
add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool is_good = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_good;
}

/* Returns a new certificate, or NULL with OpenSSL's error in its queue. */
static X509 *
make_cert(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    if (cert == NULL)
        return NULL;
    X509_NAME *name = X509_get_subject_name(cert);
    /* It begins a day ago for clients whose clock is late. */
    if (X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
            X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S) != NULL &&
            X509_gmtime_adj(X509_getm_notAfter(cert), LIFE_S) != NULL &&
            X509_NAME_add_entry_by_txt(
                    name, "CN", MBSTRING_ASC, (const unsigned char *)SUBJECT, -1, -1, 0) == 1 &&
            X509_set_issuer_name(cert, name) == 1 && X509_set_pubkey(cert, key) == 1 &&
            add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
            add_extension(cert, NID_ext_key_usage, "serverAuth") &&
            add_extension(cert, NID_subject_alt_name, "DNS:" SUBJECT) &&
            X509_sign(cert, key, EVP_sha256()) > 0)
        return cert;
    X509_free(cert);
    return NULL;
}

/* Returns the certificate in the file where it is of `key` and lasts on, else NULL. */
static X509 *
read_cert(const char *path, EVP_PKEY *key)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    time_t renew = time(NULL) + RENEW_S;
    if (cert != NULL && X509_check_private_key(cert, key) == 1 &&
            X509_cmp_time(X509_get0_notAfter(cert), &renew) > 0)
        return cert;
    X509_free(cert);
    return NULL;
}

static int
get_cert(X509 **out, const char *path, EVP_PKEY *key)
{
    char temporary[PATH_MAX];
    *out = read_cert(path, key);
    if (*out != NULL)
        return 0;
    X509 *cert = make_cert(key);
    if (cert == NULL)
        return fail_tls("cannot make the certificate", path);
    int err = write_temporary(temporary, path, write_cert, cert);
    if (err == 0 && rename(temporary, path) != 0) {
        err = fail_system("cannot write", path);
        unlink(temporary);
    }
    if (err != 0) {
        X509_free(cert);
        return err;
    }
    *out = cert;
    return 0;
}

static int
write_pin(char pin[static DS_RELAY_PIN_TEXT], EVP_PKEY *key)
{
    unsigned char *spki = NULL, digest[32];
    int len = i2d_PUBKEY(key, &spki);
    bool is_good = len > 0 && EVP_Digest(spki, (size_t)len, digest, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_free(spki);
    for (size_t i = 0; is_good && i < sizeof digest; i++)
        snprintf(pin + 2 * i, 3, "%02x", digest[i]);
    return is_good ? 0 : DS_ERR_TLS;
}

static bool
use_cert(SSL_CTX *ctx, X509 *cert, EVP_PKEY *key, char pin[static DS_RELAY_PIN_TEXT])
{
    return SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
           write_pin(pin, key) == 0;
}

int
ds_relay_cert_self_signed(SSL_CTX *ctx, const char *dir, char pin[static DS_RELAY_PIN_TEXT])
{
    char key_path[PATH_MAX - 16], cert_path[PATH_MAX - 16];
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;

    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return fail_system("cannot make the folder", dir);
    if (snprintf(key_path, sizeof key_path, "%s/key.pem", dir) >= (int)sizeof key_path ||
            snprintf(cert_path, sizeof cert_path, "%s/cert.pem", dir) >= (int)sizeof cert_path) {
        errno = ENAMETOOLONG;
        return fail_system("cannot use the folder", dir);
    }
    int err = get_key(&key, key_path);
    if (err == 0)
        err = get_cert(&cert, cert_path, key);
    if (err == 0 && !use_cert(ctx, cert, key, pin))
        err = fail_tls("cannot use the certificate", cert_path);
    X509_free(cert);
    EVP_PKEY_free(key);
    return err;
}

int
ds_relay_cert_passing(SSL_CTX *ctx, char pin[static DS_RELAY_PIN_TEXT])
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = key != NULL ? make_cert(key) : NULL;
    bool is_good = cert != NULL && use_cert(ctx, cert, key, pin);
    X509_free(cert);
    EVP_PKEY_free(key);
    if (is_good)
        return 0;
    (void)fail_tls("cannot make", "a certificate in memory");
    return DS_ERR_TLS;
}
