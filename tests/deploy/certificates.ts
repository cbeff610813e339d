// Certificates that no authority has signed, for servers of tests on this machine. They open nothing.
// Made with: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=NAME -addext subjectAltName=DNS:NAME

export interface Certificate {
  key: string;
  cert: string;
}

/** Covers localhost. */
export const forLocalhost: Certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghoa/8aaYGuTt6y19
tMVoeUiQAJ6z2TdyC3tEg1gt5EKhRANCAAR3VNQKHDcVLyA6IeZ5eolbloGo4oDq
BS/Nf3RpzwDd9281H7motHvRZkan7DLyU9NPG3Dq9WfIuL3JerLbnbt7
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUaofJQTF/3MYSQRXZODhaAmqjxgcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTIzMjkxMFoYDzIxMjYxMTAx
MjMyOTEwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR3VNQKHDcVLyA6IeZ5eolbloGo4oDqBS/Nf3RpzwDd9281H7motHvR
Zkan7DLyU9NPG3Dq9WfIuL3JerLbnbt7o2kwZzAdBgNVHQ4EFgQU6mdBY5iJcoVR
c3M0KAaSVe1ekcowHwYDVR0jBBgwFoAU6mdBY5iJcoVRc3M0KAaSVe1ekcowDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIgNFF9xg0aIRplyq+9jLjazT/LbYG1nvRsPvj02ztPSOACIQClK76tz4Dw
VeJu+JrbQKBiXHOtdVIlA8LkD0ehrt5Jcg==
-----END CERTIFICATE-----
`,
};

/** Covers another name. */
export const forElsewhere: Certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4KZ3mquHc0f/O3SJ
IqHu12OareNrxrb26sf26/xzuHehRANCAAQcP+FwOvUfYTeZxOjOBcxxeHrYBaVP
DNDk4vQQalKxu+tnh5hr19pnvlhja3lIgjBO8Sdndnp5VFft29m3PqgF
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBrDCCAVOgAwIBAgIULyTyns3b1Ulm+qiA+PRx4D16LGkwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRZWxzZXdoZXJlLmV4YW1wbGUwIBcNMjYxMTI1MjMyOTEwWhgP
MjEyNjExMDEyMzI5MTBaMBwxGjAYBgNVBAMMEWVsc2V3aGVyZS5leGFtcGxlMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHD/hcDr1H2E3mcTozgXMcXh62AWlTwzQ
5OL0EGpSsbvrZ4eYa9faZ75YY2t5SIIwTvEnZ3Z6eVRX7dvZtz6oBaNxMG8wHQYD
VR0OBBYEFFQ2d1V5aYCoRvg3GldqiyKOkSDEMB8GA1UdIwQYMBaAFFQ2d1V5aYCo
Rvg3GldqiyKOkSDEMA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4IRZWxzZXdo
ZXJlLmV4YW1wbGUwCgYIKoZIzj0EAwIDRwAwRAIgICY7wMmYIc+HqHATeLxYQT7B
RMIKLLNaEQAuneCYtD4CIFVDWPmUg7kNED9iM1fe40gHN72FUaz2rC5D5BKKjpIi
-----END CERTIFICATE-----
`,
};
