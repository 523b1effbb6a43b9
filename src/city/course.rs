//! The courses: titles unlike each other, so that only the same course looks like the same.

use crate::domain::category::Category;
use crate::domain::hours::Hours;

/// What is learned.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) code: String,
    pub(super) title: String,
    pub(super) category: Category,
}

/// Who teaches, besides the learning site.
pub(super) const PROVIDERS: [&str; 5] =
    ["样例培训学院", "样例人才学校", "样例职业中心", "样例行业协会", "样例继续教育基地"];
/// Who teaches on the learning site.
pub(super) const SITE: &str = "学习网";
/// How long courses are, in hundredths.
pub(super) const LENGTHS: [i64; 10] = [400, 800, 1200, 1600, 2400, 250, 750, 1050, 3000, 600];

const PROFESSIONAL: [&str; 20] = [
    "建筑节能规范解读",
    "水利工程质量检测",
    "农产品加工工艺",
    "数字化林业调查",
    "机电设备故障诊断",
    "环境影响评价实务",
    "测绘数据处理方法",
    "特种设备监察要点",
    "纺织新材料概论",
    "化工过程本质安全",
    "道路桥梁养护",
    "轻工造型创意",
    "计量标准与溯源",
    "食品检验新技术",
    "电力系统继电保护",
    "地质灾害防治",
    "园林植物配置",
    "城乡规划编制",
    "消防设施操作",
    "生物医药中试放大",
];
const INDUSTRY: [&str; 10] = [
    "职业道德与行业法规",
    "科研诚信宣讲",
    "工程伦理专题",
    "招投标政策更新",
    "绿色制造导则",
    "岗位责任落实",
    "标准化工作基础",
    "知识产权运用",
    "档案整理要求",
    "行业报表填报",
];
const GENERAL: [&str; 10] = [
    "人工智能与社会",
    "国家安全教育",
    "心理健康调适",
    "公文写作",
    "法治思维",
    "生态文明读本",
    "创新方法论",
    "团队协作沟通",
    "大数据素养",
    "共同富裕示范区",
];

/// How many courses there are.
pub(super) const COURSES: usize = 40;

/// The nth course; beyond the last, the first again in another term.
pub(super) fn course(n: usize) -> Course {
    let (place, term) = (n % COURSES, n / COURSES + 1);
    let (list, category, place_in) = match place {
        0..20 => (&PROFESSIONAL[..], Category::Professional, place),
        20..30 => (&INDUSTRY[..], Category::Industry, place - 20),
        _ => (&GENERAL[..], Category::General, place - 30),
    };
    let title = list.get(place_in).copied().unwrap_or_default();
    let (code, title) = match term {
        1 => (format!("KC-{:03}", place + 1), title.to_owned()),
        _ => (format!("KC-{:03}-{term}", place + 1), format!("{title}（第{term}期）")),
    };
    Course { code, title, category }
}

/// The hours of a length.
pub(super) fn length(hundredths: Option<&i64>) -> Hours {
    Hours::from_hundredths(hundredths.copied().unwrap_or(800))
}
