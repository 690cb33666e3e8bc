//! ministack: S3, SSM, EventBridge, SQS, Lambda, IAM, `CloudFormation` and the rest in one process, in memory.

use std::{process::Command, sync::OnceLock};

use super::{
    REGION,
    process::{Program, ServerProcess},
};
use crate::tools;

/// How an emulator is started.
#[derive(Debug, Clone, Default)]
pub struct CloudOptions {
    /// Enforces signatures and IAM policies. The keys `test`/`test` stay those of the root user.
    pub enforce_permissions: bool,
    /// Further variables of its process, such as an endpoint that the functions it runs shall use.
    pub variables: Vec<(String, String)>,
}

/// A running emulator. Dropping it kills it.
#[derive(Debug)]
pub struct Cloud(ServerProcess);

impl Cloud {
    /// The emulator that all tests of this process share, without permissions. Isolation is by the names of resources.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cloud> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&CloudOptions::default()))
    }

    /// Starts an empty emulator.
    pub fn start(options: &CloudOptions) -> Self {
        let ministack = tools::ministack();
        Self(ServerProcess::start(&Program {
            name: "ministack",
            command: &|port, folder| {
                let mut command = Command::new(&ministack);
                command.env_clear();
                command
                    .env("PATH", "/usr/local/bin:/usr/bin:/bin")
                    .env("HOME", folder)
                    .env("TMPDIR", folder)
                    .env("S3_DATA_DIR", folder.join("s3"));
                command
                    .env("BIND_HOST", "127.0.0.1")
                    .env("GATEWAY_PORT", port.to_string());
                // It hands this on to the functions that it runs.
                command
                    .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
                    .env("MINISTACK_REGION", REGION);
                // These listen on fixed ports of every interface.
                command.env("IOT_MTLS_ENABLED", "0").env("SFTP_ENABLED", "0");
                command.env("AUTH", options.enforce_permissions.to_string());
                command.envs(options.variables.iter().map(|(name, value)| (name, value)));
                command
            },
            announces: &|port| format!("Running on http://127.0.0.1:{port}"),
            ready: ("/_ministack/ready", 200),
        }))
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address())
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.0.pid()
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        self.0.log()
    }
}
