#![allow(clippy::all, clippy::pedantic, missing_docs, unused)]
use std::time::Instant;
use packhouse_aws::*;
use packhouse_storage::table::*;
use packhouse_storage::blobs::Blobs;
fn main() {
    let t0 = Instant::now();
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    rt.block_on(async {
        println!("runtime {:?}", t0.elapsed());
        let config = sdk_config("us-east-1").await;
        println!("sdk_config {:?}", t0.elapsed());
        let clients = Clients::new(config);
        let table = DynamoTable::new(&clients, std::env::args().nth(1).unwrap());
        let blobs = S3Blobs::new(&clients, std::env::args().nth(1).unwrap());
        let r = table.get(&Key::new("a", "b")).await;
        println!("first get {:?} {:?}", t0.elapsed(), r);
        let r = table.get(&Key::new("a", "b")).await;
        println!("second get {:?}", t0.elapsed());
        let r = blobs.head("a").await;
        println!("first head {:?} {:?}", t0.elapsed(), r);
        let r = blobs.head("a").await;
        println!("second head {:?}", t0.elapsed());
        let r = SsmMasterKey::new(&clients, "/x");
        use packhouse_forge::master_key::MasterKeySource;
        let k = r.master_key().await;
        println!("ssm {:?} {:?}", t0.elapsed(), k);
    });
}
