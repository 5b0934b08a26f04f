//! revm, asked case by case: records of tests/evm/differ.h on standard input,
//! its answers on standard output, until the input ends.
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};

use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::context_interface::either::Either;
use revm::context_interface::result::{ExecutionResult, Output};
use revm::context_interface::transaction::{
    AccessList, AccessListItem, Authorization, SignedAuthorization,
};
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::hardfork::SpecId;
use revm::primitives::{keccak256, Address, Bytes, Log, TxKind, B256, KECCAK_EMPTY, U256};
use revm::state::{AccountInfo, Bytecode};
use revm::{DatabaseCommit, ExecuteEvm, MainBuilder, MainContext};

const REFUSED: u8 = 0;
const SUCCESS: u8 = 1;
const REVERT: u8 = 2;
const HALT: u8 = 3;
const BROKEN: u8 = 255;

struct Record<'a>(&'a [u8]);

impl<'a> Record<'a> {
    fn bytes(&mut self, n: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(n);
        self.0 = rest;
        head
    }
    fn u8(&mut self) -> u8 {
        self.bytes(1)[0]
    }
    fn u16(&mut self) -> usize {
        u16::from_be_bytes(self.bytes(2).try_into().unwrap()) as usize
    }
    fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.bytes(8).try_into().unwrap())
    }
    fn word(&mut self) -> U256 {
        U256::from_be_slice(self.bytes(32))
    }
    fn digest(&mut self) -> B256 {
        B256::from_slice(self.bytes(32))
    }
    fn address(&mut self) -> Address {
        Address::from_slice(self.bytes(20))
    }
    fn long(&mut self) -> Bytes {
        let n = u32::from_be_bytes(self.bytes(4).try_into().unwrap()) as usize;
        Bytes::copy_from_slice(self.bytes(n))
    }
}

fn block(r: &mut Record) -> BlockEnv {
    let mut b = BlockEnv::default();
    b.number = U256::from(r.u64());
    b.timestamp = U256::from(r.u64());
    b.gas_limit = r.u64();
    b.beneficiary = r.address();
    b.prevrandao = Some(r.digest());
    b.basefee = r.u64();
    b.blob_excess_gas_and_price =
        Some(BlobExcessGasAndPrice { excess_blob_gas: 0, blob_gasprice: r.u64() as u128 });
    b
}

fn state(r: &mut Record) -> CacheDB<EmptyDB> {
    let mut db = CacheDB::new(EmptyDB::new());
    for _ in 0..r.u16() {
        let address = r.address();
        let (balance, nonce) = (r.word(), r.u64());
        let code = r.long();
        let mut info = AccountInfo { balance, nonce, ..Default::default() };
        if !code.is_empty() {
            info.code_hash = keccak256(&code);
            info.code = Some(Bytecode::new_raw(code));
        }
        db.insert_account_info(address, info);
        for _ in 0..r.u16() {
            let (key, value) = (r.word(), r.word());
            db.insert_account_storage(address, key, value).unwrap();
        }
    }
    db
}

fn transaction(r: &mut Record) -> TxEnv {
    let mut tx = TxEnv::default();
    tx.tx_type = r.u8();
    let (creates, any_chain) = (r.u8() != 0, r.u8() != 0);
    let chain_id = r.u64();
    tx.chain_id = if any_chain { None } else { Some(chain_id) };
    tx.caller = r.address();
    let to = r.address();
    tx.kind = if creates { TxKind::Create } else { TxKind::Call(to) };
    tx.nonce = r.u64();
    tx.gas_limit = r.u64();
    // Fees of more than 128 bits are not made: nobody can pay them.
    tx.gas_price = r.word().to::<u128>();
    let priority = r.word().to::<u128>();
    tx.gas_priority_fee = if tx.tx_type >= 2 { Some(priority) } else { None };
    tx.value = r.word();
    tx.max_fee_per_blob_gas = r.word().to::<u128>();
    tx.data = r.long();
    let mut access = Vec::new();
    for _ in 0..r.u16() {
        let address = r.address();
        let storage_keys = (0..r.u16()).map(|_| r.digest()).collect();
        access.push(AccessListItem { address, storage_keys });
    }
    tx.access_list = AccessList(access);
    tx.blob_hashes = (0..r.u16()).map(|_| r.digest()).collect();
    for _ in 0..r.u16() {
        let inner = Authorization { chain_id: r.word(), address: r.address(), nonce: r.u64() };
        let parity = r.u8();
        let (rr, s) = (r.word(), r.word());
        tx.authorization_list
            .push(Either::Left(SignedAuthorization::new_unchecked(inner, parity, rr, s)));
    }
    tx
}

/// Keccak-256 of the accounts by address, each with its slots by key. What is
/// empty is not there (EIP-161); a slot of zero is none.
fn state_hash(db: &CacheDB<EmptyDB>) -> B256 {
    let mut all = Vec::new();
    let mut accounts: Vec<_> = db.cache.accounts.iter().collect();
    accounts.sort_by_key(|(address, _)| **address);
    for (address, account) in accounts {
        let info = &account.info;
        let code_hash = if info.code_hash.is_zero() { KECCAK_EMPTY } else { info.code_hash };
        if info.nonce == 0 && info.balance.is_zero() && code_hash == KECCAK_EMPTY {
            continue;
        }
        all.extend_from_slice(address.as_slice());
        all.extend_from_slice(&info.nonce.to_be_bytes());
        all.extend_from_slice(&info.balance.to_be_bytes::<32>());
        all.extend_from_slice(code_hash.as_slice());
        let mut slots: Vec<_> = account.storage.iter().filter(|(_, v)| !v.is_zero()).collect();
        slots.sort();
        all.extend_from_slice(&(slots.len() as u16).to_be_bytes());
        for (key, value) in slots {
            all.extend_from_slice(&key.to_be_bytes::<32>());
            all.extend_from_slice(&value.to_be_bytes::<32>());
        }
    }
    keccak256(&all)
}

fn logs_hash(logs: &[Log]) -> B256 {
    keccak256(alloy_rlp::encode(logs.to_vec()))
}

struct Answer {
    kind: u8,
    gas_used: u64,
    output: B256,
    logs: B256,
    state: B256,
    why: String,
}

fn run(record: &[u8]) -> Answer {
    let mut r = Record(record);
    let spec = match r.u8() {
        0 => SpecId::SHANGHAI,
        1 => SpecId::CANCUN,
        2 => SpecId::PRAGUE,
        _ => SpecId::OSAKA,
    };
    let times = r.u8();
    let mut cfg = CfgEnv::default();
    cfg.set_spec_and_mainnet_gas_params(spec);
    cfg.chain_id = r.u64();
    cfg.max_blobs_per_tx = match spec {
        SpecId::SHANGHAI | SpecId::CANCUN => Some(6),
        SpecId::PRAGUE => Some(9),
        _ => Some(6),
    };
    let block = block(&mut r);
    let db = state(&mut r);
    let mut tx = transaction(&mut r);
    let mut evm = Context::mainnet().with_cfg(cfg).with_block(block).with_db(db).build_mainnet();
    let (mut kind, mut gas_used, mut why) = (REFUSED, 0, String::new());
    let (mut outputs, mut all_logs) = (Vec::new(), Vec::new());
    for _ in 0..times {
        kind = REFUSED;
        let mut logs_of_it = Vec::new();
        let mut output_of_it = Vec::new();
        match evm.transact(tx.clone()) {
            Err(e) => why = format!("{e:?}"),
            Ok(done) => {
                gas_used += done.result.tx_gas_used();
                match done.result {
                    ExecutionResult::Success { logs, output, .. } => {
                        kind = SUCCESS;
                        logs_of_it = logs;
                        // Of a creation it tells the code, which the state has, too.
                        output_of_it = match output {
                            Output::Call(data) => data.to_vec(),
                            Output::Create(_, address) => address.unwrap_or_default().to_vec(),
                        };
                    }
                    ExecutionResult::Revert { output, .. } => {
                        kind = REVERT;
                        output_of_it = output.to_vec();
                    }
                    ExecutionResult::Halt { reason, .. } => {
                        kind = HALT;
                        why = format!("{reason:?}");
                    }
                }
                evm.ctx.journaled_state.database.commit(done.state);
            }
        }
        outputs.push(kind);
        outputs.extend_from_slice(&output_of_it);
        all_logs.extend_from_slice(logs_hash(&logs_of_it).as_slice());
        tx.nonce = tx.nonce.wrapping_add(1);
    }
    Answer {
        kind,
        gas_used,
        output: keccak256(&outputs),
        logs: keccak256(&all_logs),
        state: state_hash(&evm.ctx.journaled_state.database),
        why,
    }
}

fn main() -> io::Result<()> {
    let tells = std::env::var_os("TELL").is_some();
    let mut input = BufReader::with_capacity(1 << 20, io::stdin().lock());
    let mut out = BufWriter::new(io::stdout().lock());
    let mut record = Vec::new();
    loop {
        // What is ready goes out before anything is waited for.
        if input.buffer().is_empty() {
            out.flush()?;
        }
        let mut size = [0u8; 4];
        if input.read_exact(&mut size).is_err() {
            return out.flush();
        }
        record.resize(u32::from_be_bytes(size) as usize, 0);
        input.read_exact(&mut record)?;
        let a = catch_unwind(AssertUnwindSafe(|| run(&record))).unwrap_or(Answer {
            kind: BROKEN,
            gas_used: 0,
            output: B256::ZERO,
            logs: B256::ZERO,
            state: B256::ZERO,
            why: "panic".into(),
        });
        if tells && !a.why.is_empty() {
            eprintln!("revm: {}", a.why);
        }
        out.write_all(&[a.kind])?;
        out.write_all(&a.gas_used.to_be_bytes())?;
        for hash in [a.output, a.logs, a.state] {
            out.write_all(hash.as_slice())?;
        }
    }
}
